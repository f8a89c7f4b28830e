/**
 * Policy text, places in it, and what is said about them. In: a name and a text. Out: spans, diagnostics and their
 * rendering. It must not know what a policy means, nor how it is parsed.
 */
package org.ringwall.compiler.source;
