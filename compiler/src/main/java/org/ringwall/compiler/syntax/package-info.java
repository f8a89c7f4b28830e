/**
 * From text to tree, with ANTLR kept inside. In: a source file. Out: the tree, or everything that is wrong with its
 * form, each at its place and in our own words. It must not know which names, fields, types and ranges are valid.
 *
 * <p>The way of a text: {@code TokenReader} makes tokens and answers the usual slips of the pen, {@code Layout} balances
 * brackets and decides which line ends count, {@code FirstWords} answers words that begin nothing, the grammar gives the
 * form with {@code Recovery} beside it, {@code TreeMistakes} refuses forms that are only read to be named, and {@code
 * AstBuilder} makes the tree when nothing was found.
 */
package org.ringwall.compiler.syntax;
