// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

/**
 * A rule of a policy, as its author wrote it.
 *
 * @param file the name of the file that contains it
 * @param line the line on which it begins, from 1
 * @param column the column of its first character in code points, from 1
 * @param text the whole rule, which may have several lines
 */
public record RuleText(String file, int line, int column, String text) {}
