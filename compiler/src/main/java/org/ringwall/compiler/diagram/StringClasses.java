// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;

/** Descriptions of the classes of a string. */
public final class StringClasses {
    private StringClasses() {}

    /**
     * Returns the patterns that a string of the class matches, such as
     * `"kernel/hostname" and prefix "kernel/"`.
     */
    public static String words(Classifier classifier, int number) {
        StringClass wanted = classifier.classes().get(number);
        if (wanted.absent()) {
            return "absent";
        }
        String unknown = wanted.unknown().isEmpty() ? "" : "unknown " + list(classifier, wanted.unknown(), " or ");
        if (wanted.matched().isEmpty()) {
            return unknown.isEmpty() ? "no match" : unknown;
        }
        String matched = list(classifier, wanted.matched(), " and ");
        return unknown.isEmpty() ? matched : matched + ", " + unknown;
    }

    private static String list(Classifier classifier, List<Integer> places, String word) {
        return places.stream()
                .map(place -> classifier.patterns().get(place).toString())
                .collect(Collectors.joining(word));
    }
}
