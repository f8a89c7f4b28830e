// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * A part of an object that a loader of programs for cgroups does not support.
 *
 * @param what a clause with its name and its place: symbol, section and byte
 * @param help what to write instead
 */
public record Unsupported(String what, String help) {}
