// SPDX-License-Identifier: Apache-2.0

/**
 * Evidence of the policies in force: the comparison of programs and maps with the signed object,
 * and a signed statement that others can verify.
 *
 * <p>In: the state of the host, and trusted keys. Out: findings, and a statement. It changes
 * nothing.
 */
@NullMarked
package org.ringwall.host.evidence;

import org.jspecify.annotations.NullMarked;
