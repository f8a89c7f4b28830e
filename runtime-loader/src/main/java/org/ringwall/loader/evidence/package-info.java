// SPDX-License-Identifier: Apache-2.0

/**
 * Evidence of what is in force: the comparison with what was signed, and the statement of it that
 * others can verify. Reads the host and changes nothing.
 */
@NullMarked
package org.ringwall.loader.evidence;

import org.jspecify.annotations.NullMarked;
