// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.evidence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.Signed;

/**
 * The result of an integrity check of one instance: whether its attached programs and maps are
 * those of its stored object, and whether a trusted key has signed that object.
 *
 * @param programs how many programs were compared
 * @param maps how many maps of these programs were compared
 * @param findings a phrase for each difference, and for a signature that is not valid
 * @param unchecked a reason for each part that could not be checked
 * @param signature the signature of the object in force; while two generations are attached, the
 *     worse result of both
 * @param objects the SHA-256 in hex of each object with which programs were compared
 */
public record Integrity(
        int programs, int maps, List<String> findings, List<String> unchecked, Signed signature, Set<String> objects) {
    public Integrity {
        objects = Set.copyOf(objects);
        findings = List.copyOf(findings);
        unchecked = List.copyOf(unchecked);
    }

    /** Returns the result of a comparison. */
    public static Integrity of(Comparison comparison) {
        List<String> findings = new ArrayList<>(comparison.differences());
        if (comparison.signature().state() == Signed.State.INVALID) {
            findings.add(
                    "its signature is not valid here: " + comparison.signature().detail());
        }
        return new Integrity(
                comparison.programs(),
                comparison.maps(),
                findings,
                comparison.unchecked(),
                comparison.signature(),
                comparison.objects());
    }

    /** Returns whether a difference was found. */
    public boolean differs() {
        return !findings.isEmpty();
    }

    /** Returns the result in one word. */
    public String result() {
        return differs() ? "differs" : unchecked.isEmpty() ? "same" : "not-checked";
    }

    /** Returns the result as lines of text. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        findings.forEach(each -> lines.add("differs: " + Printable.line(each)));
        unchecked.forEach(each -> lines.add("not checked: " + Printable.line(each)));
        if (lines.isEmpty()) {
            lines.add("checked: " + count(programs, "program") + " and " + count(maps, "map")
                    + " are those of the object");
        }
        switch (signature.state()) {
            case VALID -> lines.add("checked: signed by key " + signature.detail());
            case UNSIGNED -> lines.add("unsigned: " + Printable.line(signature.detail()));
            case NOT_CHECKED -> lines.add("signature not checked: " + Printable.line(signature.detail()));
            case INVALID -> {
                // It is among the findings.
            }
        }
        return lines;
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** Returns the result as members of JSON. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("result", result());
        fields.put("programs", programs);
        fields.put("maps", maps);
        fields.put("findings", findings);
        fields.put("unchecked", unchecked);
        Map<String, Object> signed = new LinkedHashMap<>();
        signed.put("state", signature.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        signed.put(signature.state() == Signed.State.VALID ? "key" : "reason", signature.detail());
        fields.put("signature", signed);
        return fields;
    }
}
