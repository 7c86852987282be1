import { isIPv4 } from "node:net";
import { array, exactOptional, pipe, regex, strictObject, string } from "valibot";
import { distinct, ipAddress, ipPrefix, optionalFlag, optionalText, text, whole } from "./entry.ts";
import { below, set, type Settings } from "./setting.ts";

const metric = exactOptional(whole(0, 9999));

export const networkEntries = {
  network: exactOptional(
    strictObject({
      dnsDomain: optionalText,
      dnsSuffixes: exactOptional(array(text)),
      interfaces: exactOptional(
        pipe(
          array(
            strictObject({
              id: pipe(string(), regex(/^[^[\]]+$/, "it is the name of an interface, or its MAC address")),
              dhcp: optionalFlag,
              dhcp6: optionalFlag,
              metric,
              addresses: exactOptional(array(ipPrefix)),
              gateway: exactOptional(ipAddress),
              routes: exactOptional(array(strictObject({ to: ipPrefix, via: ipAddress, metric }))),
              dns: exactOptional(array(ipAddress)),
              dnsDomain: optionalText,
              registerDns: optionalFlag,
            }),
          ),
          distinct(({ id }) => id, "two interfaces have one id"),
        ),
      ),
    }),
  ),
};

export interface NetworkOptions {
  network?: {
    /** The computer's primary DNS suffix. */
    dnsDomain?: string;
    /** Domains that are tried with names that have none, in order. */
    dnsSuffixes?: string[];
    interfaces?: {
      /** `Ethernet`, or the MAC address: `00-11-22-33-44-55`. */
      id: string;
      /** IPv4 by DHCP; false unless given where there is an IPv4 address. */
      dhcp?: boolean;
      /** IPv6 by DHCP. */
      dhcp6?: boolean;
      /** Of the interface, for IPv4. */
      metric?: number;
      /** `192.168.0.10/24`, `fd00::10/64`. */
      addresses?: string[];
      gateway?: string;
      routes?: { to: string; via: string; metric?: number }[];
      /** Servers, in order. */
      dns?: string[];
      dnsDomain?: string;
      /** Whether the interface's name in that domain is registered with the DNS server. */
      registerDns?: boolean;
    }[];
  };
}

type Interface = NonNullable<NonNullable<NetworkOptions["network"]>["interfaces"]>[number];

const dnsClient = "Microsoft-Windows-DNS-Client";

/** Sources: microsoft-windows-tcpip-interfaces-interface, microsoft-windows-dns-client. */
export function networkSettings({ network = {} }: NetworkOptions): Settings {
  const { interfaces = [], dnsSuffixes = [] } = network;
  const suffixes = below("specialize", dnsClient, ["DNSSuffixSearchOrder"]);
  return [
    ...interfaces.flatMap(addressSettings),
    ...set("specialize", dnsClient, { DNSDomain: network.dnsDomain }),
    ...dnsSuffixes.flatMap((suffix, index) => suffixes(`DomainName[${index + 1}]`, suffix)),
    ...interfaces.flatMap(dnsSettings),
  ];
}

const everywhere = (via: string) => (isIPv4(via) ? "0.0.0.0/0" : "::/0");

function addressSettings(one: Interface): Settings {
  const { addresses = [], gateway, routes = [] } = one;
  const at = below("specialize", "Microsoft-Windows-TCPIP", ["Interfaces", `Interface[${one.id}]`]);
  const fixed = addresses.some((address) => isIPv4(address.split("/")[0] ?? ""));
  const all = [...(gateway === undefined ? [] : [{ to: everywhere(gateway), via: gateway }]), ...routes];
  return [
    ...at("Ipv4Settings/DhcpEnabled", one.dhcp ?? (fixed ? false : undefined)),
    ...at("Ipv4Settings/Metric", one.metric),
    ...at("Ipv6Settings/DhcpEnabled", one.dhcp6),
    ...addresses.flatMap((address, index) => at(`UnicastIpAddresses/IpAddress[${index + 1}]`, address)),
    ...all.flatMap((route: { to: string; via: string; metric?: number }, index) => [
      ...at(`Routes/Route[${index + 1}]/Metric`, route.metric),
      ...at(`Routes/Route[${index + 1}]/NextHopAddress`, route.via),
      ...at(`Routes/Route[${index + 1}]/Prefix`, route.to),
    ]),
  ];
}

function dnsSettings({ id, dns = [], dnsDomain, registerDns }: Interface): Settings {
  const at = below("specialize", dnsClient, ["Interfaces", `Interface[${id}]`]);
  return [
    ...at("DNSDomain", dnsDomain),
    ...dns.flatMap((server, index) => at(`DNSServerSearchOrder/IpAddress[${index + 1}]`, server)),
    ...at("EnableAdapterDomainNameRegistration", registerDns),
  ];
}
