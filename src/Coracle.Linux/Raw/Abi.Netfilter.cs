namespace Coracle.Linux;

internal static partial class Abi
{
    // linux/netfilter/nfnetlink.h
    internal const int NFNL_SUBSYS_CTNETLINK = 1;
    internal const int NFNL_SUBSYS_NFTABLES = 10;
    internal const int NFNLGRP_NFTABLES = 7;

    // linux/netfilter/nfnetlink_conntrack.h
    internal const int IPCTNL_MSG_CT_NEW = 0;
    internal const int IPCTNL_MSG_CT_GET = 1;
    internal const int IPCTNL_MSG_CT_DELETE = 2;
    internal const int CTA_TUPLE_ORIG = 1;
    internal const int CTA_TUPLE_REPLY = 2;
    internal const int CTA_ID = 12;
    internal const int CTA_ZONE = 18;
    internal const int CTA_TUPLE_IP = 1;
    internal const int CTA_TUPLE_PROTO = 2;
    internal const int CTA_IP_V4_SRC = 1;
    internal const int CTA_IP_V4_DST = 2;
    internal const int CTA_IP_V6_SRC = 3;
    internal const int CTA_IP_V6_DST = 4;
    internal const int CTA_PROTO_NUM = 1;
    internal const int CTA_PROTO_SRC_PORT = 2;
    internal const int CTA_PROTO_DST_PORT = 3;

    // linux/netfilter/nf_tables.h: what the notifications are read by
    internal const int NFT_MSG_NEWTABLE = 0;
    internal const int NFT_MSG_DELTABLE = 2;
    internal const int NFT_MSG_NEWCHAIN = 3;
    internal const int NFT_MSG_DELCHAIN = 5;
    internal const int NFT_MSG_NEWRULE = 6;
    internal const int NFT_MSG_DELRULE = 8;
    internal const int NFT_MSG_NEWSET = 9;
    internal const int NFT_MSG_DELSET = 11;
    internal const int NFT_MSG_NEWSETELEM = 12;
    internal const int NFT_MSG_DELSETELEM = 14;
    internal const int NFT_MSG_NEWGEN = 15;
    internal const int NFTA_TABLE_NAME = 1;
    internal const int NFTA_CHAIN_TABLE = 1;
    internal const int NFTA_RULE_TABLE = 1;
    internal const int NFTA_SET_TABLE = 1;
    internal const int NFTA_SET_ELEM_LIST_TABLE = 1;
    internal const int NFTA_GEN_PROC_PID = 2;
    internal const int NFTA_GEN_PROC_NAME = 3;
}
