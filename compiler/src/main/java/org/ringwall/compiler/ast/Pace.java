// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** `100/s`: a number for each second, minute or hour. Number and unit have not been checked. */
public record Pace(String text, Span span) implements Node {}
