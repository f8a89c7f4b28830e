/**
 * Attacks on the effects of policies by real system calls.
 *
 * <p>Comes in: policies in force on a cgroup. Goes out: what the attack came to, which {@code testdata/kernel/attacks.csv} lists.
 */
@NullMarked
package org.ringwall.conformance.attack;

import org.jspecify.annotations.NullMarked;
