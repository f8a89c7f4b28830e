/**
 * Individual system calls of a process in a cgroup, for the tests of state.
 *
 * <p>In: calls with their arguments. Out: the kernel's results. As in
 * {@link org.ringwall.conformance.kernel}, the process is a separate one whose network namespace
 * has only a loopback interface. It must not know what a policy means.
 */
@NullMarked
package org.ringwall.conformance.state;

import org.jspecify.annotations.NullMarked;
