// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * An object of a bundle, and whether this host uses it.
 *
 * @param path its path in the bundle
 * @param chosen whether it is used
 * @param why the reason, as a phrase
 */
public record ObjectFit(String path, boolean chosen, String why) {}
