// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

/** A value and its text in the policy language. */
record Written<T>(String text, T value) {}
