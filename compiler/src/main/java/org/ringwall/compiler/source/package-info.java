/**
 * Policy texts, places in them, and diagnostics.
 *
 * <p>The input is a name and a text. The output is spans, diagnostics and their rendering. The
 * package must not know what a policy means, nor how it is parsed.
 */
package org.ringwall.compiler.source;
