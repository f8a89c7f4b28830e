// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * A cgroup that was left out of a change, because something there is in the way.
 *
 * @param failure why
 */
public record RefusedPlace(Cgroup cgroup, Failure failure) {}
