// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.ringwall.bpf.json.Json;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.FileEntry;
import org.ringwall.bundle.Manifest.MapEntry;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.bundle.Manifest.TestEntry;

/** The writer and parser of manifests: one line of JSON in UTF-8, ended by a line feed. */
final class ManifestText {
    private ManifestText() {}

    static byte[] write(Manifest manifest) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("format", Manifest.FORMAT);
        root.put("name", text(manifest.name()));
        root.put("version", text(manifest.version()));
        root.put("tool", text(manifest.tool()));
        root.put("contract", text(manifest.contract()));
        root.put("policies", list(manifest.policies(), ManifestText::policy));
        root.put("files", files(manifest.files()));
        return (Json.of(root) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the member `files`, which is the last one. */
    static List<Object> files(Map<String, FileEntry> files) {
        List<Object> all = new ArrayList<>();
        files.forEach((path, file) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("path", path);
            one.put("size", file.size());
            one.put("sha256", file.sha256());
            all.add(one);
        });
        return all;
    }

    private static <T> List<Object> list(List<T> values, Function<T, Object> form) {
        return values.stream().map(form).toList();
    }

    /**
     * Returns a text of the user, with U+FFFD for half surrogates, noncharacters and U+FEFF.
     */
    static String text(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .map(c -> (c >= 0xd800 && c < 0xe000) || (c & 0xffff) >= 0xfffe || c == 0xfeff ? 0xfffd : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }

    /**
     * Returns the entry of a policy and those of the files that it names, in the form of a
     * manifest.
     */
    static byte[] content(Manifest manifest, PolicyEntry policy) {
        Map<String, FileEntry> named = new LinkedHashMap<>();
        manifest.files().forEach((path, file) -> {
            if (policy.sources().contains(path)
                    || policy.objects().stream()
                            .anyMatch(object -> object.path().equals(path))) {
                named.put(path, file);
            }
        });
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("policy", policy(policy));
        root.put("files", files(named));
        return Json.of(root).getBytes(StandardCharsets.UTF_8);
    }

    private static Object policy(PolicyEntry policy) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", policy.name());
        out.put("sources", policy.sources());
        out.put("params", list(policy.params(), ManifestText::param));
        out.put("tests", list(policy.tests(), test -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", text(test.name()));
            one.put("lines", test.lines());
            return one;
        }));
        out.put("bypasses", list(policy.bypasses(), ManifestText::bypass));
        out.put("objects", list(policy.objects(), ManifestText::object));
        return out;
    }

    private static Object param(ParamEntry param) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", param.name());
        out.put("type", param.type());
        out.put("min", param.min());
        out.put("max", param.max());
        out.put("default", param.initial());
        return out;
    }

    private static Object bypass(Bypass bypass) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("block", text(bypass.block()));
        out.put("id", bypass.id());
        out.put("status", bypass.status());
        out.put("what", text(bypass.what()));
        out.put("advice", text(bypass.advice()));
        return out;
    }

    private static Object object(ObjectEntry object) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("path", object.path());
        out.put("endian", object.endian());
        out.put("targets", object.targets());
        out.put("hooks", object.needs().hooks());
        out.put("maps", list(object.maps(), map -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", map.name());
            one.put("type", map.type());
            one.put("key", map.key());
            one.put("value", map.value());
            one.put("entries", map.entries());
            return one;
        }));
        out.put("needs", needs(object.needs()));
        return out;
    }

    private static Object needs(KernelNeeds needs) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("helpers", needs.helpers());
        out.put("mapTypes", needs.mapTypes());
        out.put("functions", needs.functions());
        out.put("instructions", needs.instructions());
        out.put("kernelTypes", needs.kernelTypes());
        return out;
    }

    /**
     * Parses a manifest.
     *
     * @throws BundleException if it is not UTF-8 or not canonical JSON, is too large, has another
     *     version, or lacks a member
     */
    static Manifest read(ByteBuffer content) throws BundleException {
        if (content.remaining() > Manifest.MAX_BYTES) {
            throw new BundleException(
                    "its manifest has more than " + (Manifest.MAX_BYTES >> 20) + " MiB", "make several bundles");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(content).toString();
        } catch (CharacterCodingException e) {
            throw new BundleException("its manifest is not UTF-8");
        }
        Members root = new Members("", CanonicalJson.parse(text));
        BigInteger format = root.number("format");
        if (!format.equals(BigInteger.valueOf(Manifest.FORMAT))) {
            throw new BundleException(
                    "it has version " + format + " of the format of bundles, which this ringwall does not support",
                    "use the ringwall of the same release as the tool that built it");
        }
        List<PolicyEntry> policies = new ArrayList<>();
        for (Members each : root.objects("policies")) {
            policies.add(policy(each));
        }
        Map<String, FileEntry> files = new LinkedHashMap<>();
        for (Members each : root.objects("files")) {
            String path = each.text("path");
            if (files.put(path, new FileEntry(each.size("size"), each.text("sha256"))) != null) {
                throw new BundleException("its manifest names the file `" + EntryName.shown(path) + "` twice");
            }
        }
        return new Manifest(
                root.text("name"), root.text("version"), root.text("tool"), root.text("contract"), policies, files);
    }

    private static PolicyEntry policy(Members policy) throws BundleException {
        List<ParamEntry> params = new ArrayList<>();
        for (Members each : policy.objects("params")) {
            params.add(new ParamEntry(
                    each.text("name"),
                    each.text("type"),
                    each.number("min"),
                    each.number("max"),
                    each.number("default")));
        }
        List<TestEntry> tests = new ArrayList<>();
        for (Members each : policy.objects("tests")) {
            tests.add(new TestEntry(each.text("name"), each.size("lines")));
        }
        List<Bypass> bypasses = new ArrayList<>();
        for (Members each : policy.objects("bypasses")) {
            bypasses.add(new Bypass(
                    each.text("block"), each.text("id"), each.text("status"), each.text("what"), each.text("advice")));
        }
        List<ObjectEntry> objects = new ArrayList<>();
        for (Members each : policy.objects("objects")) {
            objects.add(object(each));
        }
        return new PolicyEntry(policy.text("name"), policy.texts("sources"), params, tests, bypasses, objects);
    }

    private static ObjectEntry object(Members object) throws BundleException {
        List<MapEntry> maps = new ArrayList<>();
        for (Members each : object.objects("maps")) {
            maps.add(new MapEntry(
                    each.text("name"), each.text("type"), each.size("key"), each.size("value"), each.size("entries")));
        }
        String endian = object.text("endian");
        if (!endian.equals("little") && !endian.equals("big")) {
            throw new BundleException("`" + object.path() + "endian` of its manifest is not `little` or `big`");
        }
        Members needs = object.object("needs");
        return new ObjectEntry(
                object.text("path"),
                endian.equals("little") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
                object.texts("targets"),
                maps,
                new KernelNeeds(
                        object.texts("hooks"),
                        needs.lists("helpers"),
                        needs.texts("mapTypes"),
                        needs.texts("functions"),
                        needs.text("instructions"),
                        needs.flag("kernelTypes")));
    }
}
