// SPDX-License-Identifier: Apache-2.0
/**
 * The files of systemd's units and the drop-ins of {@code ringwall unit-dropin}.
 *
 * <p>In: directories of unit files. Out: the settings that systemd would read, in its order. It
 * must not know of policies, and does not talk to systemd.
 */
@NullMarked
package org.ringwall.host.unit;

import org.jspecify.annotations.NullMarked;
