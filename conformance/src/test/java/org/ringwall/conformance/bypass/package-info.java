/**
 * Every bypass of the catalogue, performed by real system calls.
 *
 * <p>The input is the id of a bypass. The output is whether a process in a cgroup got through by
 * it. The process has its own namespaces for the network, mounts and the host name. The package
 * must not know policies: the test judges whether the kernel should have refused.
 */
@NullMarked
package org.ringwall.conformance.bypass;

import org.jspecify.annotations.NullMarked;
