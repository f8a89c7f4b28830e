// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

/**
 * A program of an object.
 *
 * @param section the name of its ELF section, such as {@code cgroup/connect4}
 * @param hook the hook's name in policies, such as {@code connect4}
 * @param instructions the number of instruction slots; a load of 64 bits takes two
 */
public record Program(String section, String hook, int instructions) {}
