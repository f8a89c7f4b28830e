/**
 * Comparison of words that people type, for the suggestions of both commands.
 *
 * <p>In: words. Out: how different they are. It must not know any other package, nor which
 * difference is near enough: that depends on what is typed.
 */
@NullMarked
package org.ringwall.bpf.text;

import org.jspecify.annotations.NullMarked;
