// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.json.Json;
import org.ringwall.bundle.Manifest.FileEntry;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;

/**
 * The bill of materials of a bundle: a CycloneDX 1.6 document of its policies, their objects and
 * sources, and the tool. It has neither a time nor a serial number, since both would differ in
 * every build.
 */
final class Sbom {
    static final String NAME = "sbom.cdx.json";

    private Sbom() {}

    static byte[] json(
            String name,
            String version,
            String tool,
            Collection<PolicyEntry> policies,
            Map<String, FileEntry> digests) {
        Map<String, Object> bundle = component("application", "bundle", name);
        bundle.put("version", ManifestText.text(version));
        Map<String, Object> compiler = component("application", "tool", tool.replaceFirst(" .*", ""));
        compiler.put("version", ManifestText.text(tool.replaceFirst("^\\S* ?", "")));
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("tools", Map.of("components", List.of(compiler)));
        metadata.put("component", bundle);

        List<Object> components = new ArrayList<>();
        List<Object> dependencies = new ArrayList<>();
        dependencies.add(dependency(
                "bundle", policies.stream().map(each -> "policy/" + each.name()).toList()));
        Set<String> sources = new TreeSet<>(EntryName.ORDER);
        for (PolicyEntry policy : policies) {
            List<String> objects =
                    policy.objects().stream().map(ObjectEntry::path).toList();
            Map<String, Object> component = component("application", "policy/" + policy.name(), policy.name());
            component.put("version", ManifestText.text(version));
            component.put(
                    "components",
                    objects.stream().map(path -> file(path, digests)).toList());
            components.add(component);
            sources.addAll(policy.sources());
            dependencies.add(dependency("policy/" + policy.name(), policy.sources()));
        }
        sources.forEach(path -> components.add(file(path, digests)));

        Map<String, Object> document = new LinkedHashMap<>();
        document.put("bomFormat", "CycloneDX");
        document.put("specVersion", "1.6");
        document.put("version", 1);
        document.put("metadata", metadata);
        document.put("components", components);
        document.put("dependencies", dependencies);
        return (Json.of(document) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> component(String type, String reference, String name) {
        Map<String, Object> component = new LinkedHashMap<>();
        component.put("type", type);
        component.put("bom-ref", reference);
        component.put("name", ManifestText.text(name));
        return component;
    }

    private static Map<String, Object> file(String path, Map<String, FileEntry> digests) {
        FileEntry file = digests.get(path);
        if (file == null) {
            throw new IllegalArgumentException("there is no file `" + path + "`");
        }
        Map<String, Object> hash = new LinkedHashMap<>();
        hash.put("alg", "SHA-256");
        hash.put("content", file.sha256());
        Map<String, Object> component = component("file", path, path);
        component.put("hashes", List.of(hash));
        return component;
    }

    private static Map<String, Object> dependency(String reference, List<String> on) {
        Map<String, Object> dependency = new LinkedHashMap<>();
        dependency.put("ref", reference);
        dependency.put("dependsOn", on);
        return dependency;
    }
}
