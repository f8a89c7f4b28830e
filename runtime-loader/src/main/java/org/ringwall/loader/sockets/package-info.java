// SPDX-License-Identifier: Apache-2.0
/**
 * What the kernel knows of the cgroups of sockets: the termination of sockets that existed before a
 * policy was in force, and the trial of whether sockets are matched with cgroups at all.
 *
 * <p>Input: cgroups. Output: how many of their sockets were ended in each, or the result of a
 * trial. It must not know policies, their instances and the command line.
 */
@NullMarked
package org.ringwall.loader.sockets;

import org.jspecify.annotations.NullMarked;
