/**
 * The policy as written: a tree of records, each with its span. In: nothing but itself, the parser builds it. Out: the
 * tree, its canonical text and its printed form. It must not know the parser, nor which names, fields and literals are valid.
 */
package org.ringwall.compiler.ast;
