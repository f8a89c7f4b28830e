/**
 * Shorter code that does the same: jumps, ends and answers.
 *
 * <p>Comes in and goes out: code with labels before it is laid out. Must not know where the code comes from: neither policies
 * nor the values of a routine.
 */
@NullMarked
package org.ringwall.compiler.tidy;

import org.jspecify.annotations.NullMarked;
