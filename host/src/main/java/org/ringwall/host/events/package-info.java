/**
 * Records of a policy as text and JSON.
 *
 * <p>Input: records that are explained. Output: lines to a stream, a file or the journal of
 * systemd.
 */
@NullMarked
package org.ringwall.host.events;

import org.jspecify.annotations.NullMarked;
