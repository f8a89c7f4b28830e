// SPDX-License-Identifier: Apache-2.0
/**
 * The examination of a host: whether its kernel, its settings, its units and container runtimes let
 * policies hold, and whether each instance does.
 *
 * <p>Input: the host. Output: one fact for each subject, with what to do about it. It changes
 * nothing, and must not know the command line.
 */
@NullMarked
package org.ringwall.host.doctor;

import org.jspecify.annotations.NullMarked;
