/**
 * Literals of policies as values, such as numbers, addresses, devices and strings, and constants
 * that are written as words.
 *
 * <p>It must not know rules, declarations or tests.
 */
@NullMarked
package org.ringwall.compiler.sema.text;

import org.jspecify.annotations.NullMarked;
