// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.origin;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.Manifest;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.bundle.Manifest.TestEntry;
import org.ringwall.host.cli.status.StatusPrinter;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.ObjectFit;

/**
 * The output of {@code inspect}, as text and as JSON. All texts are those of the bundle, whose
 * author need not be trusted.
 */
final class InspectPrinter {
    /** The statuses of bypasses that a policy could close. */
    private static final List<String> OPEN = List.of("open", "narrowed");

    private final Bundle bundle;
    private final SignatureReport signatures;
    private final Map<String, ObjectFit> fits = new LinkedHashMap<>();
    private final Optional<Failure> unknown;

    /**
     * Creates the output.
     *
     * @param unknown why it is not known which objects fit; empty if it is
     */
    InspectPrinter(Bundle bundle, SignatureReport signatures, List<ObjectFit> fits, Optional<Failure> unknown) {
        this.signatures = signatures;
        this.bundle = bundle;
        fits.forEach(fit -> this.fits.put(fit.path(), fit));
        this.unknown = unknown;
    }

    private boolean isForThisMachine(ObjectEntry object) {
        return object.order().equals(ByteOrder.nativeOrder());
    }

    private String why(ObjectEntry object) {
        if (!isForThisMachine(object)) {
            return "it is for " + object.endian() + "-endian machines";
        }
        ObjectFit fit = fits.get(object.path());
        return fit == null ? unknown.map(Failure::message).orElse("") : fit.why();
    }

    private Optional<Boolean> used(ObjectEntry object) {
        if (!isForThisMachine(object)) {
            return Optional.of(false);
        }
        return Optional.ofNullable(fits.get(object.path())).map(ObjectFit::chosen);
    }

    String text() {
        Manifest manifest = bundle.manifest();
        StringBuilder out = new StringBuilder();
        line(out, "bundle " + Printable.of(manifest.name()) + ", version " + Printable.of(manifest.version()));
        line(out, "  SHA-256 " + bundle.digest());
        line(
                out,
                "  built by " + Printable.of(manifest.tool()) + " for version " + Printable.of(manifest.contract())
                        + " of the contract");
        signatures.lines().forEach(each -> line(out, "  " + Printable.line(each)));
        manifest.policies().forEach(policy -> text(out, policy));
        return out.toString();
    }

    private void text(StringBuilder out, PolicyEntry policy) {
        line(out, "policy " + Printable.of(policy.name()));
        policy.params()
                .forEach(param -> line(
                        out,
                        "  param " + Printable.of(param.name()) + ": "
                                + Printable.of(param.type()) + " in " + param.min() + ".." + param.max() + ", default "
                                + param.initial()));
        int lines = policy.tests().stream().mapToInt(TestEntry::lines).sum();
        line(out, "  tests: " + policy.tests().size() + ", with lines: " + lines);
        for (Bypass bypass : policy.bypasses()) {
            if (OPEN.contains(bypass.status())) {
                line(
                        out,
                        "  bypass of " + Printable.of(bypass.block()) + ", " + Printable.of(bypass.status()) + ": "
                                + Printable.of(bypass.id()) + ": " + Printable.of(bypass.what()));
                line(out, "    to close it: " + Printable.of(bypass.advice()));
            }
        }
        String outside = policy.bypasses().stream()
                .filter(bypass -> bypass.status().equals("outside"))
                .map(bypass -> Printable.of(bypass.id()))
                .distinct()
                .collect(Collectors.joining(" "));
        if (!outside.isEmpty()) {
            line(out, "  bypasses that no policy closes: " + outside);
        }
        policy.objects().forEach(object -> text(out, object));
    }

    private void text(StringBuilder out, ObjectEntry object) {
        line(out, "  " + Printable.of(object.path()) + ": for " + words(object.targets()));
        line(out, "    SHA-256 " + Printable.of(sha256(object.path())));
        line(out, "    hooks: " + words(object.needs().hooks()));
        if (!object.maps().isEmpty()) {
            line(
                    out,
                    "    maps: "
                            + words(object.maps().stream()
                                    .map(Manifest.MapEntry::name)
                                    .toList()));
        }
        String used = used(object)
                .map(is -> is ? "used here" : "not used here")
                .orElse("it is not known whether it is used here");
        line(out, "    " + used + ": " + Printable.line(why(object)));
    }

    private static String words(List<String> words) {
        return words.stream().map(Printable::of).collect(Collectors.joining(" "));
    }

    private static void line(StringBuilder out, String text) {
        out.append(text).append('\n');
    }

    private String sha256(String path) {
        Manifest.FileEntry file = bundle.manifest().files().get(path);
        return file == null ? "" : file.sha256();
    }

    String json() {
        Manifest manifest = bundle.manifest();
        Map<String, Object> fields = StatusPrinter.bundle(
                new BundleOrigin(manifest.name(), manifest.version(), bundle.digest(), Optional.empty()));
        fields.put("tool", manifest.tool());
        fields.put("contract", manifest.contract());
        fields.putAll(signatures.fields());
        fields.put("policies", manifest.policies().stream().map(this::policy).toList());
        List<Object> files = new ArrayList<>();
        manifest.files().forEach((path, file) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("path", path);
            one.put("size", file.size());
            one.put("sha256", file.sha256());
            files.add(one);
        });
        fields.put("files", files);
        return Json.of(fields) + "\n";
    }

    private Map<String, Object> policy(PolicyEntry policy) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", policy.name());
        fields.put("sources", policy.sources());
        fields.put("params", policy.params().stream().map(InspectPrinter::param).toList());
        List<Object> tests = new ArrayList<>();
        for (TestEntry test : policy.tests()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", test.name());
            one.put("lines", test.lines());
            tests.add(one);
        }
        fields.put("tests", tests);
        List<Object> bypasses = new ArrayList<>();
        for (Bypass bypass : policy.bypasses()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("block", bypass.block());
            one.put("id", bypass.id());
            one.put("status", bypass.status());
            one.put("what", bypass.what());
            one.put("advice", bypass.advice());
            bypasses.add(one);
        }
        fields.put("bypasses", bypasses);
        fields.put("objects", policy.objects().stream().map(this::object).toList());
        return fields;
    }

    private static Map<String, Object> param(ParamEntry param) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", param.name());
        fields.put("type", param.type());
        fields.put("min", param.min());
        fields.put("max", param.max());
        fields.put("default", param.initial());
        return fields;
    }

    private Map<String, Object> object(ObjectEntry object) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", object.path());
        fields.put("sha256", sha256(object.path()));
        fields.put("endian", object.endian());
        fields.put("targets", object.targets());
        fields.put("hooks", object.needs().hooks());
        fields.put("maps", object.maps().stream().map(Manifest.MapEntry::name).toList());
        used(object).ifPresent(is -> fields.put("used", is));
        fields.put("why", why(object));
        return fields;
    }
}
