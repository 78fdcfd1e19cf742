namespace Coracle.RootTests.Networking;

/// <summary>The table for two networks and an internal one, as <c>nft list table ip coracle</c> of Debian 12 writes it.</summary>
internal static class DesignedTable
{
    internal const string Text =
        """
        table ip coracle {
        	comment "coracle 1"
        	set bridges {
        		type ifname
        		elements = { "br1",
        			     "br2",
        			     "int0" }
        	}

        	map within {
        		type ifname . ifname : verdict
        		elements = { "br1" . "br1" : accept,
        			     "br2" . "br2" : goto published,
        			     "int0" . "int0" : accept }
        	}

        	map from {
        		type ifname : verdict
        		elements = { "int0" : drop }
        	}

        	map to {
        		type ifname : verdict
        		elements = { "br1" : goto published,
        			     "br2" : goto published,
        			     "int0" : drop }
        	}

        	map ports {
        		type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
        		elements = { 127.0.0.1 . tcp . 8081 : 172.30.0.2 . 80 }
        	}

        	map everywhere {
        		type inet_proto . inet_service : ipv4_addr . inet_service
        		elements = { tcp . 8080 : 172.30.0.2 . 80 }
        	}

        	set direct {
        		type ipv4_addr . inet_proto . inet_service
        		elements = { 172.30.0.2 . tcp . 80 }
        	}

        	chain published {
        		ct status dnat accept
        		drop
        	}

        	chain routed {
        		ct status dnat accept
        		ip daddr . meta l4proto . th dport @direct accept
        		meta l4proto icmp accept
        		drop
        	}

        	chain unprotected {
        		ct status dnat accept
        		iifname @bridges drop
        		accept
        	}

        	chain raw {
        		type filter hook prerouting priority raw; policy accept;
        		iifname != "lo" ip daddr 127.0.0.0/8 drop
        		iifname != "lo" ip saddr 127.0.0.0/8 drop
        	}

        	chain prerouting {
        		type nat hook prerouting priority dstnat; policy accept;
        		fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @ports
        		fib daddr type local dnat ip to meta l4proto . th dport map @everywhere
        	}

        	chain output {
        		type nat hook output priority -100; policy accept;
        		fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @ports
        		fib daddr type local dnat ip to meta l4proto . th dport map @everywhere
        	}

        	chain postrouting {
        		type nat hook postrouting priority srcnat; policy accept;
        		ip saddr 127.0.0.0/8 oifname @bridges masquerade
        		ip saddr 172.30.0.0/16 oifname "br1" ct status dnat masquerade comment "one"
        		ip saddr 172.30.0.0/16 oifname != "br1" masquerade comment "one"
        		ip saddr 172.31.0.0/16 oifname "br2" ct status dnat masquerade comment "two"
        		ip saddr 172.31.0.0/16 oifname != "br2" masquerade comment "two"
        	}

        	chain forward {
        		type filter hook forward priority filter; policy accept;
        		ct state established,related accept
        		iifname . oifname vmap @within
        		iifname vmap @from
        		oifname vmap @to
        	}
        }

        """;
}
