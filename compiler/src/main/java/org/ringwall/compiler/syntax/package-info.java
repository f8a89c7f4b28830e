/**
 * The parser from text to syntax tree, with ANTLR as an internal detail. The input is a source
 * file. The output is the tree or all syntax errors with their spans. The package must not know
 * which names, fields, types and ranges are valid.
 *
 * <p>{@code TokenReader} produces tokens and reports errors within them. {@code Layout} balances
 * brackets and removes insignificant line ends. {@code FirstWords} corrects the first words of
 * lines. The grammar is parsed with the error strategy {@code Recovery}. {@code RejectedForms}
 * rejects forms that are only accepted to be reported, and {@code AstBuilder} builds the tree if
 * there are no errors.
 */
package org.ringwall.compiler.syntax;
