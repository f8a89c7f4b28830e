/**
 * Every way of the coverage catalogue, taken by real system calls.
 *
 * <p>Comes in: the id of a way. Goes out: whether a process in a cgroup got through by it. The process has network, mount
 * and host name namespaces of its own. Must not know policies: what the kernel should have said is for the test to judge.
 */
@NullMarked
package org.ringwall.conformance.bypass;

import org.jspecify.annotations.NullMarked;
