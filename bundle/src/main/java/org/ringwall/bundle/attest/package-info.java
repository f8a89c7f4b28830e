// SPDX-License-Identifier: Apache-2.0

/** Statements of hosts about their policies in force: in-toto format, verification, plain text. */
@NullMarked
package org.ringwall.bundle.attest;

import org.jspecify.annotations.NullMarked;
