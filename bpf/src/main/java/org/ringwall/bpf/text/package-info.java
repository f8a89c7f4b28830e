/**
 * What both commands share with the people who type them: the comparison of words, for
 * suggestions, text of foreign origin made safe for a terminal, and an output whose reader has
 * ended.
 *
 * <p>In: words and text. Out: how different words are, and text that can be printed. It must not
 * know any other package, nor which difference is near enough: that depends on what is typed.
 */
@NullMarked
package org.ringwall.bpf.text;

import org.jspecify.annotations.NullMarked;
