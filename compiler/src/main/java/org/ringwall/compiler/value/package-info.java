/**
 * Numbers, ranges and addresses as the language has them: unsigned, wide enough, and normalised.
 *
 * <p>Comes in and goes out: values. Must not know fields, rules or requests.
 */
@NullMarked
package org.ringwall.compiler.value;

import org.jspecify.annotations.NullMarked;
