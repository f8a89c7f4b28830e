/**
 * Attacks on the effects of policies by real system calls.
 *
 * <p>In: policies in force on a cgroup. Out: the result of each attack, which
 * {@code testdata/kernel/attacks.csv} lists.
 */
@NullMarked
package org.ringwall.conformance.attack;

import org.jspecify.annotations.NullMarked;
