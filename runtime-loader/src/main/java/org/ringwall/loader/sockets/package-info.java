// SPDX-License-Identifier: Apache-2.0
/**
 * The termination of sockets that existed before a policy was in force.
 *
 * <p>Input: cgroups. Output: how many of their sockets were ended in each. It must not know the
 * command line, and uses nothing but sock_diag(7).
 */
@NullMarked
package org.ringwall.loader.sockets;

import org.jspecify.annotations.NullMarked;
