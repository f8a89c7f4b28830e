// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

/**
 * The result of a command that the agent has run.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
public record Reply(int code, String out, String err) {}
