// SPDX-License-Identifier: Apache-2.0

/** Statements about what is in force on a host: their form, verification and text. */
@NullMarked
package org.ringwall.bundle.attest;

import org.jspecify.annotations.NullMarked;
