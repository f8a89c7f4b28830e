/**
 * The commands that serve container runtimes: an OCI hook, an NRI plugin and the agent.
 *
 * <p>A container whose policy cannot be enforced does not start.
 */
@NullMarked
package org.ringwall.host.cli.runtime;

import org.jspecify.annotations.NullMarked;
