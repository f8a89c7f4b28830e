/**
 * Real system calls in cgroups that the tests make themselves.
 *
 * <p>Comes in: probes. Goes out: what the kernel answered. A probe server is a process of its own, because a socket
 * belongs to the cgroup in which its maker lives; it sits in a network namespace of its own with nothing but loopback, so
 * that no packet leaves the machine. Must not know how a verdict is computed.
 */
@NullMarked
package org.ringwall.conformance.kernel;

import org.jspecify.annotations.NullMarked;
