// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/**
 * The place of a map in an index of maps.
 *
 * @param index the name of the index
 * @param element the index of the element that is the map
 */
public record MapPlace(String index, int element) {}
