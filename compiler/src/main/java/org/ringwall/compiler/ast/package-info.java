/**
 * The syntax tree of a policy: records, each with its span. There is no input, because the parser
 * builds the tree. The output is the tree itself, its canonical text and its printed form. The
 * package must not know the parser, nor which names, fields and literals are valid.
 */
package org.ringwall.compiler.ast;
