// SPDX-License-Identifier: Apache-2.0
/**
 * The server, the client and the protocol of the resident agent: a Unix socket with one line of
 * JSON in each direction.
 *
 * <p>In: the words of a command and its standard input. Out: its exit code and what it prints. It
 * must not know of policies, and its client uses only {@code java.base} and the writer of JSON, so
 * that a process with it starts fast.
 */
@NullMarked
package org.ringwall.host.agent;

import org.jspecify.annotations.NullMarked;
