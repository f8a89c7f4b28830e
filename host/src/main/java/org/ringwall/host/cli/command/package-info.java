/**
 * What the commands of {@code ringwall} share: the session, options, and the places that they
 * name.
 *
 * <p>It must not know which commands there are.
 */
@NullMarked
package org.ringwall.host.cli.command;

import org.jspecify.annotations.NullMarked;
