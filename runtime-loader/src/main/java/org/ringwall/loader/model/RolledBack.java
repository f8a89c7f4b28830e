// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * A roll-back that a command has found: the kernel, or the command itself, put an earlier
 * generation in force again.
 *
 * @param from the generation that was not confirmed
 * @param to the generation in force
 */
public record RolledBack(InstanceName name, long from, long to) {}
