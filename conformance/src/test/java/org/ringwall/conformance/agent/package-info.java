// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of the resident agent with containers of a real runtime: what they may do at their first
 * instruction, whatever happens to the agent meanwhile, and what they leave.
 */
@NullMarked
package org.ringwall.conformance.agent;

import org.jspecify.annotations.NullMarked;
