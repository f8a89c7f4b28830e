// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.List;
import java.util.Set;

/**
 * The comparison of what is in force of an instance with the object from which it was loaded.
 *
 * @param programs how many programs were compared
 * @param maps how many maps these programs use
 * @param differences a phrase for each difference
 * @param unchecked a reason for each part that could not be compared
 * @param signature the signature of the object in force; while two generations are attached, the
 *     worse result of both
 * @param objects the SHA-256 in hex of each object with which programs were compared
 */
public record Comparison(
        int programs,
        int maps,
        List<String> differences,
        List<String> unchecked,
        Signed signature,
        Set<String> objects) {
    /** Creates a comparison. */
    public Comparison {
        differences = List.copyOf(differences);
        unchecked = List.copyOf(unchecked);
        objects = Set.copyOf(objects);
    }
}
