/**
 * System calls of a process in a cgroup, one by one, as the tests of state ask for them.
 *
 * <p>Comes in: calls with their arguments. Goes out: what the kernel answered. The process is one of its own in a network
 * namespace of its own with nothing but loopback, as in {@link org.ringwall.conformance.kernel}. Must not know what a policy
 * says.
 */
@NullMarked
package org.ringwall.conformance.state;

import org.jspecify.annotations.NullMarked;
