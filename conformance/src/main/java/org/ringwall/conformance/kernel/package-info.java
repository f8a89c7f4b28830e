/**
 * Real system calls in cgroups that the tests create.
 *
 * <p>In: probes. Out: the kernel's results. A probe server is a separate process, because a socket
 * belongs to the cgroup of its creator; its network namespace has only a loopback interface, so
 * that no packet leaves the host. It must not know how a verdict is computed.
 */
@NullMarked
package org.ringwall.conformance.kernel;

import org.jspecify.annotations.NullMarked;
