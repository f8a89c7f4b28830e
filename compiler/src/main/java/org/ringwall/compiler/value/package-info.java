/**
 * Numbers, ranges and addresses of the language: unsigned, wide enough, and normalised.
 *
 * <p>The input and the output are values. The package must not know fields, rules or requests.
 */
@NullMarked
package org.ringwall.compiler.value;

import org.jspecify.annotations.NullMarked;
