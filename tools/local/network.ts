import type { Assembly, Resource } from './assembly.ts';
import { REGION } from './resource-kinds.ts';

interface VpcConfig {
  readonly SubnetIds?: readonly string[];
  readonly SecurityGroupIds?: readonly string[];
}

interface Endpoint {
  readonly VpcEndpointType?: 'Gateway' | 'Interface';
  readonly ServiceName: string;
  readonly RouteTableIds?: readonly string[];
  readonly VpcId: string;
  readonly PrivateDnsEnabled?: boolean;
  readonly SecurityGroupIds?: readonly string[];
}

interface Ingress {
  readonly CidrIp?: string;
  readonly SourceSecurityGroupId?: string;
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
}

interface Association {
  readonly SubnetId: string;
  readonly RouteTableId: string;
}

interface Route {
  readonly RouteTableId: string;
  readonly DestinationCidrBlock?: string;
  readonly NatGatewayId?: string;
}

const HTTPS = 443;

/**
 * Whether a function reaches a service of AWS from its subnets: by an endpoint of the VPC, or by a NAT gateway. An
 * internet gateway doesn't help, because a function has no public address. What reaches dependencies is not judged.
 */
export function reaches(fn: Resource, service: string, assembly: Assembly): boolean {
  const { VpcConfig } = fn.properties as { readonly VpcConfig?: VpcConfig };
  const subnets = VpcConfig?.SubnetIds ?? [];
  return subnets.every((subnet) => subnetReaches(subnet, VpcConfig?.SecurityGroupIds ?? [], service, assembly));
}

function subnetReaches(subnet: string, groups: readonly string[], service: string, assembly: Assembly): boolean {
  const associations = assembly.all<Association>('AWS::EC2::SubnetRouteTableAssociation');
  const table = associations.find(({ properties }) => properties.SubnetId === subnet)?.properties.RouteTableId;
  const routes = assembly.all<Route>('AWS::EC2::Route').map(({ properties }) => properties);
  if (routes.some((route) => route.RouteTableId === table && isWayOut(route))) return true;
  const { VpcId } = assembly.find(subnet).properties as { readonly VpcId: string };
  const name = `com.amazonaws.${REGION}.${service}`;
  return assembly
    .all<Endpoint>('AWS::EC2::VPCEndpoint')
    .map(({ properties }) => properties)
    .filter((endpoint) => endpoint.ServiceName === name && endpoint.VpcId === VpcId)
    .some(({ VpcEndpointType = 'Gateway', RouteTableIds = [], PrivateDnsEnabled, SecurityGroupIds = [] }) =>
      VpcEndpointType === 'Gateway'
        ? table !== undefined && RouteTableIds.includes(table)
        : PrivateDnsEnabled === true && SecurityGroupIds.some((group) => admits(group, groups, assembly)),
    );
}

function isWayOut({ DestinationCidrBlock, NatGatewayId }: Route): boolean {
  return DestinationCidrBlock === '0.0.0.0/0' && NatGatewayId !== undefined;
}

/** Whether a security group lets HTTPS in from one of these groups. A range of addresses counts as that of the VPC. */
function admits(group: string, groups: readonly string[], assembly: Assembly): boolean {
  const { SecurityGroupIngress = [] } = assembly.find(group).properties as {
    readonly SecurityGroupIngress?: readonly Ingress[];
  };
  const apart = assembly.all<Ingress & { readonly GroupId: string }>('AWS::EC2::SecurityGroupIngress');
  const rules = [
    ...SecurityGroupIngress,
    ...apart.map(({ properties }) => properties).filter((rule) => rule.GroupId === group),
  ];
  return rules.some(({ IpProtocol, FromPort = 0, ToPort = HTTPS, CidrIp, SourceSecurityGroupId = '' }) => {
    const covers = IpProtocol === '-1' || (FromPort <= HTTPS && HTTPS <= ToPort);
    return covers && (CidrIp !== undefined || groups.includes(SourceSecurityGroupId));
  });
}
